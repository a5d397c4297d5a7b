// npm run build:native
export const SOURCES_SHA256 = 'dc0dc9eaafcb53aebcd5b4e43d8340ddebed8353c1937cb285b3b2e78b644233';
