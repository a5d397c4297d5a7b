// npm run build:native
export const SOURCES_SHA256 = '563b38875a1b1453bc71e4d95767e1181e0fd74ec222d1d6a9b9dd401714af52';
