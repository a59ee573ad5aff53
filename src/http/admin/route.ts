import { z } from 'zod'
import type { Principal } from '../../accounts/principal.ts'
import type { CommandInput, CommandOutcomeOf, CommandType } from '../../commands/catalogue.ts'
import type { RandomSource } from '../../kernel/random.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * The proof that a person must have given to call a route; a machine authenticates with every token and needs none.
 * - `session`: a password or passkey, some time in this session.
 * - `fresh`: one given in the last minutes, for what is permanent or gives a person access.
 * - `freshFor`: the same, but only when the body has one of these members.
 */
export type ProofNeed = 'session' | 'fresh' | { freshFor: readonly string[] }

/** A call of the admin API by an administrator, with input that has been checked. */
export interface AdminCall<P = unknown, Q = unknown, B = unknown> {
  params: P
  query: Q
  body: B
  caller: Principal
  /** Carries out a command in the caller's name; a call repeated with its idempotency key is carried out once. */
  submit<T extends CommandType>(type: T, input: CommandInput<T>): Promise<CommandOutcomeOf<T>>
  /** Where new secrets come from: a call repeated with its idempotency key makes the same ones again. */
  random: RandomSource
}

interface RouteSpec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends z.ZodType | null,
> {
  /** The operation id in the API description. */
  name: string
  method: Method
  /** Below `/api/admin`. */
  path: string
  tag: string
  summary: string
  proof: ProofNeed
  params?: P
  query?: Q
  body?: B
  /** 200 by default; 204 when there is no answer. */
  status?: 200 | 201
  answer: A
  handle(
    call: AdminCall<z.output<P>, z.output<Q>, z.output<B>>,
  ): Promise<A extends z.ZodType ? z.input<A> : void>
}

/** One entry of the table of routes. */
export interface AdminRoute {
  name: string
  method: Method
  path: string
  tag: string
  summary: string
  proof: ProofNeed
  status: 200 | 201 | 204
  input: { params: z.ZodType; querystring: z.ZodType; body?: z.ZodType }
  answer: z.ZodType | null
  handle(call: AdminCall): Promise<unknown>
}

const NOTHING = z.strictObject({})

/** Declares a route of the admin API from the schemas of its input and answer. */
export function adminRoute<
  A extends z.ZodType | null,
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodType<undefined>,
>(spec: RouteSpec<P, Q, B, A>): AdminRoute {
  const { name, method, path, tag, summary, proof, answer } = spec
  const input = {
    params: spec.params ?? NOTHING,
    querystring: spec.query ?? NOTHING,
    ...(method === 'GET' ? {} : { body: spec.body ?? NOTHING.nullish() }),
  }
  return {
    name,
    method,
    path,
    tag,
    summary,
    proof,
    status: answer ? (spec.status ?? 200) : 204,
    input,
    answer,
    // The server has parsed the input by these schemas.
    handle: (call) => spec.handle(call as Parameters<typeof spec.handle>[0]),
  }
}
