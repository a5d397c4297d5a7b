// npm run build:native
export const SOURCES_SHA256 = '782057f9728a85d988d95bab318dbaedd79e9b2a50578ab7ad96128ede3a8df8';
