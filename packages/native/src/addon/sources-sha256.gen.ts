// npm run build:native
export const SOURCES_SHA256 = '35d484ea0242bf981c25c5ba0d29035db8bb919dd6af457e32fc9d5180719bcb';
