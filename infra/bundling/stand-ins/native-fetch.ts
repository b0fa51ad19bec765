/**
 * For the package `cross-fetch`, which the Globus SDK imports and which brings node-fetch along: a third of a megabyte that no call of ours
 * uses, since our adapter hands the SDK Node's own fetch (`functions/adapters/globus/sdk-fetch.ts`).
 */
const nativeFetch: typeof fetch = (input, init) => fetch(input, init);

// biome-ignore lint/style/noDefaultExport: the package has one, and the SDK imports it
export { nativeFetch as default };
