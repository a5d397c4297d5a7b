// npm run build:native
export const SOURCES_SHA256 = '229cb04c72e8f900260ace9542254e965aec625ddd3fc809a35c8173bf2c4d95';
