// npm run build:native
export const SOURCES_SHA256 = '554805b1ad673ae74840ea97b1fd905647eb8b1cfcbdc12b29fcb16ba19f2c11';
