// npm run build:native
export const SOURCES_SHA256 = '2a8738f23617388cc869ba93d56b8dcb395029f104385b87f7cd39a7616d321d';
