/**
 * For `node:http`. A module that imports it makes Node read all its exports, and some of them load Node's whole fetch and WebSocket client:
 * a quarter of a function's start, for nothing where a function calls Globus later or never. The same module, asked for by name, does not.
 * Whoever needs another of its exports is told by the build.
 */
export const { Agent, ClientRequest, request, STATUS_CODES } = process.getBuiltinModule('node:http');
