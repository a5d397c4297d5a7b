// npm run build:native
export const SOURCES_SHA256 = '572ad7cc20d46bb44316ece64af6d955d4addc44d3c33ffc08413f40c19bd32e';
