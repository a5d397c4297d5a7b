// npm run build:native
export const SOURCES_SHA256 = 'cfc1caabd83948ca95e4aa36aa186278c9b21d3b19f7005f6190b44860700deb';
