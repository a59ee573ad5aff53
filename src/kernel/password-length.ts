/**
 * How many characters a new password must have. A password that is the only factor must have 15 (NIST SP 800-63B-4,
 * §3.1.1.2); with a second factor, 8 are enough. No operator may demand more than 64.
 */
export const PASSWORD_LENGTH = { alone: 15, least: 8, most: 64 } as const
