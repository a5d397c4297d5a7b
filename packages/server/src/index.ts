export { checkApiKey } from './http/check-api-key.js';
export { isLoopback } from './http/check-host.js';
export type { ServedModel } from './completion/served-model.js';
export type { Page, PageCalls, StreamedCall, WholeCall } from './page/page.js';
export { type Server, type ServerOptions, startServer } from './start-server.js';
