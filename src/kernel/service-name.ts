/** The name of this service that people see, also in the list of their passkeys. */
export const SERVICE_NAME = 'Countersign'
