// npm run build:native
export const SOURCES_SHA256 = 'fc8c93cb2e9fa6c79a2e73611fa74fe06f033e99156b2fd458862a6b71326cdc';
