/** Says that trying again would not help. */
export class NotAllowed extends Error {}
