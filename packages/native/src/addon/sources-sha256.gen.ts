// npm run build:native
export const SOURCES_SHA256 = 'e20e960ed29a9efa7653fed16926865eda737ab25855975f667e6e9b21d41f36';
