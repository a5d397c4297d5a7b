// npm run build:native
export const SOURCES_SHA256 = '2c5952864edc849a3d02c3c16973bd76af5b7b1f38856e8e89fbba67d80ad244';
