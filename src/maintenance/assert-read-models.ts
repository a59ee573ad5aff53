import type { Installation } from '../back-end.ts'
import { StartRefused } from '../kernel/fault.ts'
import type { RandomSource } from '../kernel/random.ts'
import { rebuildReadModels, verifyReadModels } from '../maintenance.ts'
import { describeDifference } from '../projections/compare.ts'
import { type Checked, type Damage, damageAtStart } from './check-at-start.ts'

/** How damaged read models are made good. */
const REMEDY = 'run `countersign projections rebuild`, which makes them from the log'

/**
 * Makes sure at a start that the read models are what the log says (I5, I11). Digests that a migration cleared are
 * made by a rebuild, so what was in the tables before is not trusted.
 *
 * @throws StartRefused with the table and the key of the first row that differs.
 */
export async function assertReadModelsSound(
  files: Installation,
  checked: Checked,
  random: RandomSource,
): Promise<void> {
  const damage = await damageAtStart(checked, random)
  if (damage === 'unsummed') await rebuildReadModels(files)
  else if (damage)
    throw new StartRefused(`The read models are damaged: ${await describeDamage(files, damage)}; ${REMEDY}`)
}

/** Says what is damaged; for a table that does not add up, the row is found by folding the whole log. */
export async function describeDamage(files: Installation, damage: Damage): Promise<string> {
  if ('key' in damage) return describeDifference(damage)
  const { difference } = damage.unreadable ? { difference: null } : await verifyReadModels(files)
  return difference ? describeDifference(difference) : `${damage.table}: ${damage.reason}`
}
