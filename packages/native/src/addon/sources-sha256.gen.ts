// npm run build:native
export const SOURCES_SHA256 = '2df02a0d6539172adaaba994e0044facea7a4fb4f5f87efe3aa0bdc2c6413f06';
