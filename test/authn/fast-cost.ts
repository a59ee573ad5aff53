import type { PasswordCost } from '../../src/authn/password-service.ts'

/** The cheapest argon2id that the algorithm allows, for tests that are not about its cost. */
export const FAST_COST: PasswordCost = { memoryKib: 8, iterations: 1, parallelism: 1 }
