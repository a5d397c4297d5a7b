// npm run build:native
export const SOURCES_SHA256 = '313b52020f25ffecf6965865c14d36aad366c4e69e4f293cedc32ceba5ac1768';
