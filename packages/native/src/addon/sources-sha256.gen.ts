// npm run build:native
export const SOURCES_SHA256 = '68c0a1985ba32c9f9300e21ca39243e3d16e33938deb719c0df6e18e5f33350a';
