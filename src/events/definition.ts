import { z } from 'zod'

type Shape = z.core.$ZodLooseShape

/**
 * One version of one event type. Its data is the union of three parts, which are kept differently: `open` is in the log
 * as plain text, permanently; `personal` is sealed under the subject's key and unreadable once the key is destroyed;
 * `secret` is sealed the same way and never shown, not even in the audit trail.
 */
export interface EventDefinition<
  Type extends string,
  Open extends Shape,
  Personal extends Shape,
  Sec extends Shape,
> {
  readonly type: Type
  readonly version: number
  /** What happened, as one sentence for the generated reference. */
  readonly summary: string
  readonly stream: 'user' | 'link' | 'client' | 'key' | 'log'
  readonly open: z.ZodObject<Open, z.core.$strict>
  readonly personal: z.ZodObject<Personal, z.core.$strict>
  readonly secret: z.ZodObject<Sec, z.core.$strict>
  /** All three parts together. */
  readonly data: z.ZodType
  /** Whether any field is sealed. */
  readonly sealed: boolean
  /** Whether this event is the first of a subject, which is the only time a subject key is made. */
  readonly opensSubject: boolean
}

/** Any event definition, for code that handles them all alike. */
export type AnyEventDefinition = EventDefinition<string, Shape, Shape, Shape>

/** The data of an event: all three parts together, as `decide` makes it and projections read it. */
export type DataOf<D> =
  D extends EventDefinition<string, infer Open, infer Personal, infer Sec>
    ? Flat<Output<Open> & Output<Personal> & Output<Sec>>
    : never

type Output<S extends Shape> = { [K in keyof S]: z.output<S[K]> }
type Flat<T> = { [K in keyof T]: T[K] }

/** Declares an event from its schemas; the type, the validator and the reference all come from this value. */
export function defineEvent<
  Type extends string,
  Open extends Shape,
  Personal extends Shape = Record<never, never>,
  Sec extends Shape = Record<never, never>,
>(spec: {
  type: Type
  version?: number
  summary: string
  stream: AnyEventDefinition['stream']
  open: Open
  personal?: Personal
  secret?: Sec
  opensSubject?: boolean
}): EventDefinition<Type, Open, Personal, Sec> {
  const { open, personal = {} as Personal, secret = {} as Sec } = spec
  return {
    type: spec.type,
    version: spec.version ?? 1,
    summary: spec.summary,
    stream: spec.stream,
    open: z.strictObject(open),
    personal: z.strictObject(personal),
    secret: z.strictObject(secret),
    data: z.strictObject({ ...open, ...personal, ...secret }),
    sealed: Object.keys({ ...personal, ...secret }).length > 0,
    opensSubject: spec.opensSubject ?? false,
  }
}
