import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import type { LogReading } from '../../log/port.ts'
import { type CallerSources, requireAdministrator } from '../request/caller.ts'
import type { Counts } from './counts.ts'
import type { ReactionStatus } from './reaction-status.ts'

/** How exactly the delay of the event loop is measured, and for how long after it was last read; milliseconds. */
const RESOLUTION = 100
const MEASURED_FOR = 5 * 60_000

interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  samples: readonly { labels?: Readonly<Record<string, string>>; value: number }[]
}

/** Writes metrics in the text format of Prometheus, version 0.0.4. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(({ labels = {}, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`)
        return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
      })
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
    })
    .join('')
}

/** What the metrics use. */
export interface MetricsDeps extends CallerSources {
  log: LogReading
  counts: Counts
  /** Says how far each reaction is; absent where none runs. */
  reactions?: () => ReactionStatus[]
}

/** Serves `/metrics` to administrators. */
export function metricsRoute(scope: FastifyInstance, deps: MetricsDeps, openStreams: () => number): void {
  const { log, counts } = deps
  const loop = delayWhileRead()
  scope.addHook('onClose', async () => loop.stop())
  scope.get('/metrics', { onRequest: requireAdministrator(deps) }, async (_request, reply) => {
    const { position, sequence, epoch } = log.head()
    const requests = [...counts.requests].map(([key, value]) => {
      const [method = '', status = ''] = key.split(' ')
      return { labels: { method, status }, value }
    })
    const reactions = deps.reactions?.() ?? []
    const commands = [...counts.commands].map(([result, value]) => ({ labels: { result }, value }))
    const gauge = (name: string, help: string, value: number) =>
      ({ name, help, type: 'gauge', samples: [{ value }] }) as const
    const counter = (name: string, help: string, value: number) =>
      ({ name, help, type: 'counter', samples: [{ value }] }) as const
    const text = metricsText([
      counter('countersign_log_commits_total', 'Commits in the log.', position),
      counter('countersign_log_events_total', 'Events in the log.', sequence),
      gauge('countersign_log_epoch', 'The epoch of the log.', epoch),
      {
        name: 'countersign_commands_total',
        help: 'Commands since the start, by what became of them.',
        type: 'counter',
        samples: commands,
      },
      {
        name: 'countersign_http_requests_total',
        help: 'Requests answered since the start.',
        type: 'counter',
        samples: requests,
      },
      counter(
        'countersign_http_request_seconds_total',
        'Time spent on them together.',
        counts.requestSeconds,
      ),
      {
        name: 'countersign_reaction_lag_events',
        help: 'Events that a reaction has not looked at yet.',
        type: 'gauge',
        samples: reactions.map(({ name, lag }) => ({ labels: { reaction: name }, value: lag })),
      },
      {
        name: 'countersign_reaction_parked_events',
        help: 'Events that a reaction gave up on.',
        type: 'gauge',
        samples: reactions.map(({ name, parked }) => ({ labels: { reaction: name }, value: parked })),
      },
      gauge('countersign_stream_subscribers', 'Live streams that are open.', openStreams()),
      gauge(
        'countersign_event_loop_delay_seconds',
        'The 99th percentile since it was last read; measured while it is read at least every five minutes.',
        loop.read(),
      ),
      gauge('process_resident_memory_bytes', 'Memory held by the process.', process.memoryUsage.rss()),
      counter('process_cpu_seconds_total', 'CPU time used by the process.', cpuSeconds()),
    ])
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(text)
  })
}

/**
 * Measures the delay of the event loop from the first reading until nobody has read it for a while, because measuring
 * wakes the process ten times a second.
 */
function delayWhileRead(): { read(): number; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  let timer: NodeJS.Timeout | null = null
  const stop = () => {
    delay.disable()
    if (timer) clearTimeout(timer)
    timer = null
  }
  return {
    read() {
      const seconds = timer ? delay.percentile(99) / 1e9 : 0
      delay.reset()
      delay.enable()
      if (timer) clearTimeout(timer)
      timer = setTimeout(stop, MEASURED_FOR).unref()
      return seconds
    },
    stop,
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
