// The session description of the streams for a receiving ffmpeg (RFC 8866).

/**
 * Returns ffmpeg's name for a suite of mediasoup. With the SDES name of the second one, ffmpeg shortens the tags of SRTCP too,
 * against RFC 4568, section 6.2; with the DTLS-SRTP name (RFC 5764, section 4.1.2) it follows both RFCs.
 */
export const ffmpegSuite = {
  AES_CM_128_HMAC_SHA1_80: 'AES_CM_128_HMAC_SHA1_80',
  AES_CM_128_HMAC_SHA1_32: 'SRTP_AES128_CM_HMAC_SHA1_32',
};

/**
 * @param {{ip: string, media: Array<{kind: string, port: number, rtpParameters: object,
 *   srtp?: {cryptoSuite: string, keyBase64: string}}>}} session rtpParameters: those of mediasoup's Consumer
 */
export function sdpOf({ ip, media }) {
  const family = ip.includes(':') ? 'IP6' : 'IP4';
  const lines = ['v=0', `o=- 0 0 IN ${family} ${ip}`, 's=ringcast', `c=IN ${family} ${ip}`, 't=0 0'];
  for (const { kind, port, rtpParameters, srtp } of media) {
    const [codec] = rtpParameters.codecs;
    const subtype = codec.mimeType.split('/')[1];
    const channels = kind === 'audio' ? `/${codec.channels}` : '';
    const parameters = Object.entries(codec.parameters ?? {}).map(([name, value]) => `${name}=${value}`);
    lines.push(`m=${kind} ${port} RTP/${srtp ? 'SAVP' : 'AVP'} ${codec.payloadType}`);
    lines.push(`a=rtpmap:${codec.payloadType} ${subtype}/${codec.clockRate}${channels}`);
    if (parameters.length > 0) {
      lines.push(`a=fmtp:${codec.payloadType} ${parameters.join(';')}`);
    }
    if (srtp) {
      // RFC 4568, section 9.1.
      lines.push(`a=crypto:1 ${ffmpegSuite[srtp.cryptoSuite]} inline:${srtp.keyBase64}`);
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}
