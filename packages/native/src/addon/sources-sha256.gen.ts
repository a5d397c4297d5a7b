// npm run build:native
export const SOURCES_SHA256 = 'd40d278dfd03debe1a896a4e4582794335f06d94d9dea2241c3e47615ba5839e';
