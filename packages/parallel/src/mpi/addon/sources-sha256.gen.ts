// npm run build:native
export const SOURCES_SHA256 = '7abc0f9a6b276654e94ecc9b5fe948f8ede8bde3943b0c1a47e0969a78d74abf';
