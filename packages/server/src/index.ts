export type { ServedModel } from './completion/text-model.js';
export { type Server, type ServerOptions, startServer } from './start-server.js';
