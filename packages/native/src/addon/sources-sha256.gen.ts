// npm run build:native
export const SOURCES_SHA256 = '03beec1785141713d52a546e2ffd42c903d8e3a6777bd642ac405738558d8de6';
