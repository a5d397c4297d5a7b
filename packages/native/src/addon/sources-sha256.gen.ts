// npm run build:native
export const SOURCES_SHA256 = 'cf8318ce8a1163db9206e3ff76f681a61049567732d99264df0cd6df9732cf11';
