// npm run build:native
export const SOURCES_SHA256 = '29aa9f8351008d3fe4cce9b1eeb843b140c847aad98551c9f64591b251e7cb16';
