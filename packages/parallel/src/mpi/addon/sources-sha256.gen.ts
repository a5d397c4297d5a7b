// npm run build:native
export const SOURCES_SHA256 = '025fc44527ebe56e7389de1fbbd545dc7cafd385c5b03d50b79c39a5015922be';
