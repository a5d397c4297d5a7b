// npm run build:native
export const SOURCES_SHA256 = '94fc1a5603d7f0003d96afa101c87f03182b0a3c19393b7b433a958850fec3e4';
