/** The name a subject key is wrapped under. */
export const subjectName = (id: string) => `subject:${id}`
/** The name a secret of the installation is wrapped under. */
export const secretName = (name: string) => `secret:${name}`

/** What is wrapped beside the keys, so that a wrong master key is noticed before it is needed. */
export const CHECK_NAME = 'check'
export const CHECK_VALUE: Uint8Array = Buffer.from('countersign master key check')
