// npm run build:native
export const SOURCES_SHA256 = 'ab6c07d19eba5b1415554552a30d3ec81747fc2b4b970999cceced3dc02fcae0';
