// npm run build:native
export const SOURCES_SHA256 = 'cb96c47235c4dbb451e584e55fd35986f0c54bba05bd17d2cbc34b90a2d98fdf';
