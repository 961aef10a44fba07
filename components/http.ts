/**
 * Node's `node:http`, without what importing it costs: an import reads every export, and some of those load another HTTP
 * client, which takes longer than all else that the `foundation` command and the plugin do before they ask something.
 */
export const http = process.getBuiltinModule("node:http");
