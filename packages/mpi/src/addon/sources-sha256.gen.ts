// npm run build:native
export const SOURCES_SHA256 = '43e7099564b2a6e7c210a968f430745fb5eeb09b73d7c431f1bc2a2114500a3d';
