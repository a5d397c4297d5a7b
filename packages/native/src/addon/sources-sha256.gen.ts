// npm run build:native
export const SOURCES_SHA256 = '26cf1008d4fcbc922abb29ea8eb372220240c41ef6603156aa404670b982ee6e';
