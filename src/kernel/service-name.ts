/** What people see this service called, also in the list of their passkeys. */
export const SERVICE_NAME = 'Countersign'
