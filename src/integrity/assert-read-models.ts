import type { RandomSource } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { inSnapshot } from '../kernel/sql.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import { isDamaged } from '../log/sqlite/database.ts'
import { describeDifference } from '../projections/compare.ts'
import { damagedTable } from '../projections/digests/damaged-table.ts'
import { type Checked, type Damage, damageIn, SUMMED_AT_START } from './damage.ts'
import { rebuildReadModels, verifyReadModels } from './rebuild.ts'

/** How an operator repairs damaged read models. */
const REMEDY = 'run `countersign projections rebuild`, which makes them again from the log'

/**
 * Checks at a start that the read models agree with the log (I5, I11), within a fraction of a second. After a
 * migration, which clears the digests, it rebuilds them: the earlier content of the tables is not trusted.
 *
 * @throws StartRefused with the table and the key of the first row that differs.
 */
export async function assertReadModelsSound(
  files: Installation,
  checked: Checked,
  random: RandomSource,
): Promise<void> {
  const damage = await damageIn(checked, random, SUMMED_AT_START).catch((error) => refuseStart(files, error))
  if (damage === 'unsummed') await rebuildReadModels(files)
  else if (damage) throw await damagedReadModels(files, damage)
}

/**
 * Compares the tables with their digests alone, which needs no keys. It runs before the tables are used to look for
 * missing keys.
 *
 * @throws StartRefused as `assertReadModelsSound` does.
 */
export async function assertTablesAddUp(
  files: Installation,
  { db, log }: Omit<Checked, 'keys'>,
): Promise<void> {
  const damage = inSnapshot(db, () => (log.head().position === 0 ? null : damagedTable(db, SUMMED_AT_START)))
  if (damage !== null && damage !== 'unsummed') throw await damagedReadModels(files, damage)
}

/** Does what `assertReadModelsSound` does, but adds up every table whatever its size, and changes nothing. */
export async function requireSoundReadModels(
  files: Installation,
  checked: Checked,
  random: RandomSource,
): Promise<void> {
  const damage = await damageIn(checked, random, Number.MAX_SAFE_INTEGER)
  if (damage === 'unsummed') throw new StartRefused('They have no digests yet: start the service once')
  if (damage) throw await damagedReadModels(files, damage)
}

async function damagedReadModels(files: Installation, damage: Damage): Promise<StartRefused> {
  return new StartRefused(`The read models are damaged: ${await describeDamage(files, damage)}; ${REMEDY}`)
}

/** Describes the damage. When only the table is known, it folds the whole log to find the row. */
async function describeDamage(files: Installation, damage: Damage): Promise<string> {
  if ('key' in damage) return describeDifference(damage)
  const { difference } = damage.unreadable ? { difference: null } : await verifyReadModels(files)
  return difference ? describeDifference(difference) : `${damage.table}: ${damage.reason}`
}

function refuseStart({ database }: Installation, error: unknown): never {
  if (error instanceof Refusal) throw new StartRefused(error.message, { cause: error })
  if (!isDamaged(error)) throw error
  const message = `SQLite finds ${database} damaged: ${REMEDY}; if that does not help, restore a backup`
  throw new StartRefused(message, { cause: error })
}
