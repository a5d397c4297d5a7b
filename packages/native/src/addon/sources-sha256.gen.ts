// npm run build:native
export const SOURCES_SHA256 = '202be92d8f07eb85ad398eb5990179c6374cdc134c37e3c42fb4316e2c8e27ba';
