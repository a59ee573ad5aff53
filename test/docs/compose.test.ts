import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { systemRandom } from '../../src/kernel/random.ts'
import { readSettings } from '../../src/settings/settings.ts'

interface Service {
  image: string
  environment?: Record<string, string>
  volumes?: string[]
  healthcheck?: object
  restart?: string
  networks?: string[] | Record<string, { ipv4_address?: string }>
  entrypoint?: string[]
}

const text = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8')
const compose: {
  services: Record<string, Service>
  volumes: Record<string, null>
  networks: Record<string, unknown>
} = parse(text, { merge: true })

const GIVEN: Record<string, string> = {
  OIDC_OP_MASTER_KEY: Buffer.from(systemRandom(32)).toString('base64'),
  MONGODB_PASSWORD: 'abc123',
}
const filledIn = (value: string) => value.replace(/\$\{(\w+)[^}]*\}/g, (_, name: string) => GIVEN[name] ?? '')

const MEMBERS = ['db1', 'db2', 'db3']
const NODES = ['node1', 'node2', 'node3']

describe('compose.yaml', () => {
  it.each(NODES)('gives %s settings that are accepted, and trusts its own balancer only', (name) => {
    const environment = Object.entries(compose.services[name]?.environment ?? {})
    const env = Object.fromEntries(environment.map(([variable, value]) => [variable, filledIn(value)]))
    const settings = readSettings(env, () => '')
    const { networks } = compose.services.balancer ?? {}
    const balancer = networks && !Array.isArray(networks) ? networks.front?.ipv4_address : undefined
    expect(settings.trustProxy).toEqual([balancer])
    expect(settings.mongodbUri?.reveal()).toMatch(
      /^mongodb:\/\/countersign:abc123@db1,db2,db3\/\?replicaSet=rs0/,
    )
  })

  it.each([...MEMBERS, ...NODES])('keeps what %s has in a named volume of its own', (name) => {
    const named = (compose.services[name]?.volumes ?? []).filter((volume) => !volume.startsWith('.'))
    expect(named.map((volume) => volume.split(':')[0])).toEqual([name])
    expect(Object.keys(compose.volumes)).toContain(name)
  })

  it.each([...MEMBERS, ...NODES, 'balancer'])(
    'asks %s how it is, and starts it again when it ends',
    (name) => {
      expect(compose.services[name]).toMatchObject({
        healthcheck: { test: expect.arrayContaining(['CMD']) },
        restart: 'unless-stopped',
      })
    },
  )

  it.each(MEMBERS)('has %s prove to the others who it is, and keeps it from everybody but nodes', (name) => {
    expect(compose.services[name]?.entrypoint?.join(' ')).toContain('--keyFile')
    expect(compose.services[name]?.networks).toEqual(['back'])
  })

  it('has the balancer replace what a client says about where it is', () => {
    expect(text).toContain('proxy_set_header X-Forwarded-For $$remote_addr;')
    expect(text).not.toContain('$$proxy_add_x_forwarded_for')
  })
})
