// npm run build:native
export const SOURCES_SHA256 = '7f179149b0bcf3399c34fa4656656a2dfb83060ba8d025ac7fbc5aec7cf0f3db';
