// npm run build:native
export const SOURCES_SHA256 = '456816dcd0ceec3b3b011b8a18cd21110157d896c5c864042e888c599287eb62';
