/** Where a node may die: with the batch decided, the request on its way, appended, kept here, or answered. */
export const DEATHS = ['decided', 'sent', 'appended', 'kept', 'answered'] as const
export type Death = (typeof DEATHS)[number]
