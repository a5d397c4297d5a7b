// npm run build:native
export const SOURCES_SHA256 = 'f83971ad4f4dd21aec29eb9ca7dea16724af084c64fd17f45a8778b57a4194ee';
