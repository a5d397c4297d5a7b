// npm run build:native
export const SOURCES_SHA256 = '27a128a483673de72cb2c7dede555ad5733569b134c490f73360e66c0cce5dc9';
