"""The demo's recordings: 48 of the samples that ship with Sonic Pi, a live-coding synthesizer.

They come from its folder etc/samples at one fixed commit; the terms are in the registry.
The prefix of a name is its group: `bd_` bass drums, `elec_` electronic, `sn_` snares, and so on.
"""

from __future__ import annotations

from menura.corpora.fetch import RemoteFile

_ADDRESS = (
    "https://raw.githubusercontent.com/sonic-pi-net/sonic-pi/c0002065a976b1355e7889f4aa96a1804e2b8119/etc/samples/"
)
_SAMPLES = (
    ("ambi_choir.flac", 102_586, "2633a5df4280fe49c58d5ced8633325d049ee03bb4b7512310cb2356d2ab1319"),
    ("ambi_dark_woosh.flac", 213_981, "dba2cba2a142d5d3866aefaa85b975208e1436cdd7101dac9befd4036c2be00e"),
    ("ambi_glass_rub.flac", 261_997, "d8400331199a5a2e5fec33e9c0179b09f7ec3b20554c3f042fbe89107e1c3883"),
    ("ambi_piano.flac", 141_470, "e6cd0efe8bd02f67beb76e2a930c9ff70c27712fa8829f03c2ae71362f88fe77"),
    ("ambi_soft_buzz.flac", 53_894, "41849c1485134385837ea253125f5a1aa9beea3e8459c74f9fc7f5cf00dd8158"),
    ("ambi_swoosh.flac", 91_482, "1ba01f85418936d32b37cbdb598043e8a62e4c63818c16a349ed95821ddf8061"),
    ("bass_dnb_f.flac", 64_238, "56a75b06105131ea5a81ca2c1f3a0e73b90e6cb88f7aabe3a55bcb07a8b3e0d6"),
    ("bass_hit_c.flac", 30_285, "814d444d544be85f1ee30cc7a47774c14b9c08ea909c018429642fef6cf40687"),
    ("bass_voxy_hit_c.flac", 37_274, "958adf1e0a5b1fdba3edcd05b5dcfc8269f1bcde11f617ab979e7ba23e0f01d8"),
    ("bass_woodsy_c.flac", 134_891, "24526511b9996f394c1101dc8099cc29acc775782d1b5bd3e2afb406d0bd205c"),
    ("bd_808.flac", 19_122, "f8cae3f73c93622a2ebc37fd66752ad69fcad5cdf61d82fa46ef38c104476ca8"),
    ("bd_boom.flac", 45_634, "1ece3f3fc0c5d7d2f154e1850077c5f57fa577c4aea1902e6d2a04cb51ce43ff"),
    ("drum_cowbell.flac", 18_281, "e2ee5f732b675858491e95a06ea419b98af512ebdc154afb2c27066303f0dd7f"),
    ("drum_cymbal_closed.flac", 20_943, "f3b9d6bb14f75ba06ef633baf58b1f75f0e2ea5e07edd491f0a22aedb2480d62"),
    ("drum_cymbal_open.flac", 119_223, "3a9cf6aacab05003fe3edaa9a9150841e080ecd3b7e6383571bc3570c23c7118"),
    ("drum_snare_hard.flac", 29_657, "1b2325523ed2a93da49df338ef861b4c35bfcbdc2e5e726ce1e873201883ffe4"),
    ("drum_splash_soft.flac", 111_257, "30339472b3c399c68b6ca4971f8fddb2d0529468c5f4320fd77149c5e5c909fc"),
    ("drum_tom_hi_hard.flac", 34_839, "18d53d2dac65d1cd2b0b1f23eaa68e6233beb6e84d4352191cc6e6ea5200295c"),
    ("drum_tom_lo_hard.flac", 43_852, "e8caf199618dfee0d9941446f5e80ef8722ee239def78f5b31bd6ec7c27d597e"),
    ("elec_beep.flac", 14_497, "75a1b63240f9de4e871ad24121d76df1683ad462fac7c4aa8f60b6f4dc356336"),
    ("elec_bell.flac", 20_377, "3e94a475dd4fd588f6547d1e0bf4bb22d9f39858498fdf72751b60a008f6164d"),
    ("elec_bong.flac", 10_342, "e4f76c4bff74af70b89eae6c7e72ddce9dfd9df8a1b68fe0a663c6a91e192b61"),
    ("elec_chime.flac", 86_050, "6491cb81484f9ec8da9b19eac3aa88b234d5519becc7a96172d54a1da1b21f0f"),
    ("elec_fuzz_tom.flac", 55_080, "b2fada15c49bb61e4e6a89a57cbbe407ecbb117d058c0abcebb43ee1081f38d2"),
    ("elec_plip.flac", 14_521, "6bae1bd8db6167732001372b5286f27d1db28b512dde11673f66e1dfb041bae1"),
    ("elec_twang.flac", 51_691, "3e932435400753f7d5571a6ba9910d811f660f06b58b713f9d4c374c4d138d0a"),
    ("glitch_perc1.flac", 134_034, "d3743af6cdde1a81661b58d59abadb8fd864361d9815b2cfa894c023fcdd50b8"),
    ("glitch_robot1.flac", 125_670, "f2eb0e8c9f8e5018c1e80823b44d330e9fe4e9c376feaf252269d7a128351a3d"),
    ("guit_e_slide.flac", 146_215, "80626ddea79461012cabafe4ca5e70ce0bdb00a42e6601730b1ff76ab84c13ea"),
    ("guit_harmonics.flac", 93_072, "197dc69798e07641f2003f394645155e4077d1d75fa6eb44a66f3a00b07e73ee"),
    ("hat_zild.flac", 14_099, "e916af838e56e413f8793292e499908930073215558ae6be92353c88a6beec60"),
    ("loop_industrial.flac", 107_105, "6925eb60647384e84c45c4aed84d1ddcabe4c2c34e992e5ed80915da8850aa05"),
    ("mehackit_phone1.flac", 107_194, "d57ab020192796e36bfa5e6c99f9367f183f0a9dc99ac4ab63d3cea6e2fd21e8"),
    ("mehackit_robot3.flac", 120_262, "acf817c04d9ab17ce08a0a3bd9d6f0d4d434a1851cdf13e0cc618d6b8de6abac"),
    ("misc_burp.flac", 68_471, "add6f9e212899d71c92f3e72dacdad006db6d37fb30e6a8b3cd5b8b4ae2c149b"),
    ("misc_crow.flac", 16_520, "007e6ce77f6f187c76e1255702fdf5852f60a0edc1307e177d3219343abf7a28"),
    ("perc_bell2.flac", 378_136, "2e8757cd85ea898e59bb7a959e60eb50c50bee252c9e7a12d47bc9ff34ed69be"),
    ("perc_door.flac", 120_615, "923c36d45cd67a053976602163020b32fc499f3c126c66bca790b9aa2d9e7003"),
    ("perc_snap.flac", 22_089, "09d5cc75cd9ef183e9464801c7e7b2e441ca8e12f99b2610cbc2d5168297a19d"),
    ("perc_swoosh.flac", 39_161, "99704b14314b4a24f4cfe48d5d031af39b52b90c7c0fc2c9a62dc6c61f87af30"),
    ("perc_till.flac", 96_203, "c6a97c7fb370725c1a0afb6378540aa1205d0b928723f7e92bd5ba3ab3859dc9"),
    ("ride_tri.flac", 138_176, "acff7b0ddb105eccc979bcab27aaaa3ec65254c2f211ae7ebcf49e5048e50c21"),
    ("sn_dub.flac", 43_927, "165ddba961a14430ae6bbc0fad465d975c9b0b28a454c89076ab4d21b0f4613b"),
    ("tabla_ghe2.flac", 77_513, "02fbfe4919aa6bb7540a69e9b233e8238447182922efd7c78fbf38075bf89f28"),
    ("tabla_na_o.flac", 41_211, "9be7446e4b754d9244df6ec558f27cb4199584b560ae1b10e1cd713b95512677"),
    ("vinyl_backspin.flac", 119_885, "ef64d5951df8fb862fdac7adca39ef637762511d6e1b2c9933bc385b5ad2d203"),
    ("vinyl_rewind.flac", 239_824, "ad587a5598de7a12a225e29d6326e6a212601c81550b48e16979709a54476b93"),
    ("vinyl_scratch.flac", 15_944, "2dc0fedcfeaa308889d065f6911da95f42cc24f0806ff823cd006a045dbe490b"),
)

RECORDINGS = tuple(RemoteFile(name, _ADDRESS + name, n_bytes, f"sha256:{sha256}") for name, n_bytes, sha256 in _SAMPLES)
