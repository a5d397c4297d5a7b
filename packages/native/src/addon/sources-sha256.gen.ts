// npm run build:native
export const SOURCES_SHA256 = 'fe4901601063e9b559c82bb70f1a2ce907512f98f1b52ab7aeb3b8febc86ae35';
