// npm run build:native
export const SOURCES_SHA256 = 'b747b5c465f8c150957861ce3d790f64955f12f680f7e1793c0e9cf4a4354ce8';
