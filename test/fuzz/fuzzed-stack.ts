/** Settings of a stack that is fuzzed: leases are over at once, and tasks take a while. */
export const FUZZED_STACK = { LEASE_SECONDS: '1', GLOBUS_BYTES_PER_SECOND: '30000' } as const;
