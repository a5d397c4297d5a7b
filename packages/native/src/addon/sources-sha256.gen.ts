// npm run build:native
export const SOURCES_SHA256 = '74f11ec66c47ef7ab4933fcf347dcfdbfe7355e5d92e871fba39d37f76fc70f1';
