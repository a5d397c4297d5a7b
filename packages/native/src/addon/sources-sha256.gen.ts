// npm run build:native
export const SOURCES_SHA256 = '498c88d885b17d183e496f9761ac418ed5afc67dcb0bea4001b6357bdb942e51';
