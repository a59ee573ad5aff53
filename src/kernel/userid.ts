import { encodeProquint } from './proquint.ts'
import { type RandomSource, systemRandom } from './random.ts'

/** Makes a user id: 32 random bits as a proquint. It may be taken; see `generateUniqueUserid`. */
export function generateUserid(random: RandomSource = systemRandom): string {
  const bytes = random(4)
  return encodeProquint(new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0))
}

/** Tells `generateUniqueUserid` whether a user id is, or ever was, in use. */
export interface UseridRegister {
  isUseridTaken(userid: string): boolean | Promise<boolean>
}

/**
 * Makes a user id that nobody has or ever had.
 *
 * @throws Error when `maxRetries` more attempts all collide, which means that the id space is nearly full.
 */
export async function generateUniqueUserid(
  users: UseridRegister,
  maxRetries = 10,
  random: RandomSource = systemRandom,
): Promise<string> {
  for (let attempt = 0; attempt <= maxRetries; attempt += 1) {
    const userid = generateUserid(random)
    if (!(await users.isUseridTaken(userid))) return userid
  }
  throw new Error(`No free user id found after ${maxRetries} retries`)
}
