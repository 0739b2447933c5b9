//! The definition macros.

/// Defines an attribute set: constants, a zero-copy view, a builder and a [`Schema`](crate::schema::Schema).
///
/// ```
/// use netplumb_core::schema::{IfName, Set};
/// netplumb_core::attrs! {
///     /// Attributes of a toy (`TOY_*`).
///     Toy / ToyBuilder = "toy" {
///         /// Its name.
///         TOY_NAME = 1 => name: (IfName), key;
///         /// Its weight, in grams.
///         TOY_WEIGHT = 2 => weight: u32 in 1..=5000;
///         /// What is inside.
///         TOY_PARTS = 3 => parts: [Toy, ToyBuilder];
///     }
/// }
/// let mut buffer = [0; 64];
/// let mut w = netplumb_core::wire::Writer::new(&mut buffer);
/// ToyBuilder::new(&mut w).name("bear").parts(|p| { p.weight(20); });
/// let toy = Toy::new(w.written()).unwrap();
/// assert_eq!((toy.name(), toy.weight()), (Some("bear"), None));
/// assert_eq!(toy.parts().unwrap().weight(), Some(20));
/// assert_eq!(Toy::SCHEMA.attrs[1].name, "TOY_WEIGHT");
/// ```
///
/// A row is `CONSTANT = id => field: TYPE [in LOW..=HIGH] [, mark]*;` where `TYPE` is one token tree:
///
/// | written | payload | getter gives |
/// |---|---|---|
/// | `u32`, `OperState`, `IfaCacheinfo` | a type that implements [`Value`](crate::schema::Value) | `Option<View>` |
/// | `(Be<u16>)`, `(IfName)`, `(Array<u32>)`, `(Indexed<u32>)`, `(Records<Hop<'static>>)` | the same, with generics | `Option<View>` |
/// | `[View, Builder]` | a nest of another set | `Option<View>`; the setter takes a closure |
/// | `{many TYPE}` | may occur several times | an iterator; the setter may be called again |
/// | `{select KIND-EXPRESSION}` | depends on something else: a [`Select`](crate::schema::Select) | `Option<Attr>`; the setter takes a closure over the [`Writer`](crate::wire::Writer) |
///
/// `Name / NameBuilder : HeaderType = "set"` puts a fixed struct in front of the attributes. Rows stand in
/// ascending order of `id`.
#[macro_export]
macro_rules! attrs {
    (
        $(#[doc = $sdoc:literal])*
        $View:ident / $Builder:ident $(: $Header:ident)? = $sname:literal {
            $(
                $(#[doc = $doc:literal])*
                $NAME:ident = $id:literal => $field:ident : $ty:tt $(in $lo:literal ..= $hi:literal)? $(, $mark:ident)* ;
            )*
        }
    ) => {
        $( $(#[doc = $doc])* pub const $NAME: u16 = $id; )*

        $(#[doc = $sdoc])*
        ///
        /// A zero-copy view: getters are lenient, absent or too short is `None`.
        pub struct $View<'a, S = $crate::wire::Attrs<'a>> {
            header: $crate::__header!($($Header)?),
            attrs: S,
            of: ::core::marker::PhantomData<&'a ()>,
        }

        impl<S: Clone> Clone for $View<'_, S> {
            #[inline]
            fn clone(&self) -> Self {
                Self { header: self.header, attrs: self.attrs.clone(), of: self.of }
            }
        }

        impl<S: Copy> Copy for $View<'_, S> {}

        impl<'a> $View<'a> {
            /// The set's table.
            pub const SCHEMA: &'static $crate::schema::Schema = {
                static SCHEMA: $crate::schema::Schema = $crate::schema::Schema {
                    name: $sname,
                    doc: concat!($($sdoc, "\n"),*),
                    header: <$crate::__header!($($Header)?) as $crate::schema::Header>::FIXED,
                    attrs: &[$(
                        $crate::schema::AttrSpec {
                            name: stringify!($NAME),
                            field: stringify!($field),
                            id: $id,
                            kind: $crate::__kind!($ty),
                            range: $crate::__range!($($lo, $hi)?),
                            marks: &[$($crate::schema::Mark::$mark),*],
                            doc: concat!($($doc),*),
                        },
                    )*],
                };
                &SCHEMA
            };

            /// A view of a payload (header, if the set has one, and attributes); `None` when the header is cut.
            #[inline]
            pub fn new(payload: &'a [u8]) -> Option<Self> {
                let header = <$crate::__header!($($Header)?) as $crate::schema::Header>::read_fixed(payload)?;
                let at = $crate::bytes::align4(<$crate::__header!($($Header)?) as $crate::schema::Header>::SIZE);
                Some(Self {
                    header,
                    attrs: $crate::wire::Attrs::new(payload.get(at..).unwrap_or(&[])),
                    of: ::core::marker::PhantomData,
                })
            }

            /// An index over the attributes, for [`indexed`](Self::indexed).
            #[inline]
            pub fn table<const N: usize>(&self) -> $crate::wire::AttrTable<'a, N> {
                $crate::wire::AttrTable::new(self.attrs)
            }

            /// The same view with look-ups in `table` instead of scans.
            #[inline]
            pub fn indexed<'t, const N: usize>(
                &self,
                table: &'t $crate::wire::AttrTable<'a, N>,
            ) -> $View<'a, &'t $crate::wire::AttrTable<'a, N>> {
                self.over(table)
            }

            /// The same view with its attributes looked up in `source`: one that takes the last of a type, for instance.
            #[inline]
            pub fn over<T: $crate::wire::Source<'a>>(&self, source: T) -> $View<'a, T> {
                $View { header: self.header, attrs: source, of: ::core::marker::PhantomData }
            }
        }

        impl<'a, S: $crate::wire::Source<'a>> $View<'a, S> {
            /// The fixed struct in front of the attributes.
            #[inline]
            pub fn header(&self) -> $crate::__header!($($Header)?) {
                self.header
            }

            /// All attributes in the order sent, unknown ones included.
            #[inline]
            pub fn attrs(&self) -> $crate::wire::Attrs<'a> {
                self.attrs.all()
            }

            $( $crate::__getter!($(#[doc = $doc])* $NAME $field $ty); )*
        }

        impl<'a, S: $crate::wire::Source<'a>> ::core::fmt::Debug for $View<'a, S> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut header = [0u8; <$crate::__header!($($Header)?) as $crate::schema::Header>::SIZE];
                let mut w = $crate::wire::Writer::new(&mut header);
                $crate::schema::Header::write_fixed(&self.header, &mut w);
                $crate::schema::pretty(f, $View::SCHEMA, &header, self.attrs.all())
            }
        }

        impl<'s> $crate::schema::Set for $View<'s> {
            const SCHEMA: &'static $crate::schema::Schema = $View::SCHEMA;
            type Header = $crate::__header!($($Header)?);
            type View<'a> = $View<'a>;
            #[inline]
            fn view(payload: &[u8]) -> Option<$View<'_>> {
                $View::new(payload)
            }
        }

        #[doc = concat!("Writes attributes of [`", stringify!($View), "`].")]
        #[derive(Debug)]
        pub struct $Builder<'w, 'b> {
            w: &'w mut $crate::wire::Writer<'b>,
        }

        impl<'w, 'b> $Builder<'w, 'b> {
            /// A builder at the writer's position, behind a default header if the set has one.
            #[inline]
            pub fn new(w: &'w mut $crate::wire::Writer<'b>) -> Self {
                Self::with_header(w, Default::default())
            }

            /// A builder at the writer's position, behind the given header.
            #[inline]
            pub fn with_header(w: &'w mut $crate::wire::Writer<'b>, header: $crate::__header!($($Header)?)) -> Self {
                $crate::schema::Header::write_fixed(&header, w);
                Self { w }
            }

            /// A builder that goes on behind attributes already written.
            #[inline]
            pub fn resume(w: &'w mut $crate::wire::Writer<'b>) -> Self {
                Self { w }
            }

            /// The writer below, for attributes that the table does not have.
            #[inline]
            pub fn writer(&mut self) -> &mut $crate::wire::Writer<'b> {
                self.w
            }

            $( $crate::__setter!($(#[doc = $doc])* $NAME $field $ty); )*
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __header {
    () => {
        $crate::schema::NoHeader
    };
    ($Header:ident) => {
        $Header
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __range {
    () => {
        None
    };
    ($lo:literal, $hi:literal) => {
        Some(($lo, $hi))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __kind {
    ([$View:ident, $Builder:ident]) => {
        $crate::schema::Kind::Nest(|| $View::SCHEMA)
    };
    ({many [$View:ident, $Builder:ident]}) => {
        $crate::schema::Kind::Nest(|| $View::SCHEMA)
    };
    ({many $ty:tt}) => {
        $crate::__kind!($ty)
    };
    ({select $kind:expr}) => {
        $kind
    };
    (($ty:ty)) => {
        <$ty as $crate::schema::Value>::KIND
    };
    ($ty:ident) => {
        <$ty as $crate::schema::Value>::KIND
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __getter {
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident [$View:ident, $Builder:ident]) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&self) -> Option<$View<'a>> {
            self.attrs.find($NAME).and_then(|attr| $View::new(attr.payload()))
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident {many [$View:ident, $Builder:ident]}) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&self) -> $crate::schema::Many<'a, $crate::schema::Nested<$View<'static>>> {
            $crate::schema::Many::new(self.attrs.all(), $NAME)
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident {many ($ty:ty)}) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&self) -> $crate::schema::Many<'a, $ty> {
            $crate::schema::Many::new(self.attrs.all(), $NAME)
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident {many $ty:ident}) => {
        $crate::__getter!($(#[doc = $doc])* $NAME $field {many ($ty)});
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident {select $kind:expr}) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&self) -> Option<$crate::wire::Attr<'a>> {
            self.attrs.find($NAME)
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident ($ty:ty)) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&self) -> Option<<$ty as $crate::schema::Value>::View<'a>> {
            self.attrs.find($NAME).and_then(|attr| <$ty as $crate::schema::Value>::read(attr.payload()))
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident $ty:ident) => {
        $crate::__getter!($(#[doc = $doc])* $NAME $field ($ty));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __setter {
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident [$View:ident, $Builder:ident]) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&mut self, fill: impl FnOnce(&mut $Builder<'_, 'b>)) -> &mut Self {
            self.w.nest($NAME, |w| fill(&mut $Builder::new(w)));
            self
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident {many $ty:tt}) => {
        $crate::__setter!($(#[doc = $doc])* $NAME $field $ty);
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident {select $kind:expr}) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&mut self, fill: impl FnOnce(&mut $crate::wire::Writer<'b>)) -> &mut Self {
            self.w.nest_raw($NAME, fill);
            self
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident ($ty:ty)) => {
        $(#[doc = $doc])*
        #[inline]
        pub fn $field(&mut self, value: <$ty as $crate::schema::Value>::Arg<'_>) -> &mut Self {
            <$ty as $crate::schema::Value>::write(self.w, $NAME, value);
            self
        }
    };
    ($(#[doc = $doc:literal])* $NAME:ident $field:ident $ty:ident) => {
        $crate::__setter!($(#[doc = $doc])* $NAME $field ($ty));
    };
}

/// Defines a fixed struct: a plain `Copy` type with public fields, its table, and its use as header or payload.
///
/// ```
/// use netplumb_core::schema::{Header, Value};
/// netplumb_core::fixed! {
///     /// `struct toy_stats`.
///     ToyStats = "toy_stats" {
///         /// Times thrown.
///         thrown: u32,
///         /// Times found again (newer kernels).
///         found: (Option<u32>),
///     }
/// }
/// let old = ToyStats::read(&7u32.to_ne_bytes()).unwrap();
/// assert_eq!((old.thrown, old.found), (7, None));
/// assert_eq!((ToyStats::FIXED.size, ToyStats::FIXED.min_size), (8, 4));
/// ```
///
/// Fields follow each other without gaps, as C lays them out: padding is written down as `_pad` fields.
#[macro_export]
macro_rules! fixed {
    (
        $(#[doc = $sdoc:literal])*
        $Name:ident = $sname:literal {
            $( $(#[doc = $doc:literal])* $field:ident : $ty:tt ),* $(,)?
        }
    ) => {
        $(#[doc = $sdoc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct $Name {
            $( $(#[doc = $doc])* pub $field: $crate::__ty!($ty), )*
        }

        impl $crate::schema::Header for $Name {
            const FIXED: &'static $crate::schema::Fixed = {
                #[allow(unused_assignments, clippy::arithmetic_side_effects)]
                const FIELDS: &[$crate::schema::Field] = {
                    const N: usize = [$(stringify!($field)),*].len();
                    const SIZES: [usize; N] = [$(<$crate::__ty!($ty) as $crate::schema::FieldValue>::SIZE),*];
                    const OFFSETS: [usize; N] = $crate::schema::offsets(SIZES);
                    &$crate::__fields!(OFFSETS; $( ($field $ty [$($doc)*]) )*)
                };
                static FIXED: $crate::schema::Fixed = $crate::schema::Fixed {
                    name: $sname,
                    size: $crate::schema::total(FIELDS),
                    min_size: $crate::schema::total(FIELDS) - (0 $( + if <$crate::__ty!($ty) as $crate::schema::FieldValue>::OPTIONAL {
                        <$crate::__ty!($ty) as $crate::schema::FieldValue>::SIZE } else { 0 } )*),
                    fields: FIELDS,
                };
                &FIXED
            };

            #[inline]
            fn read_fixed(bytes: &[u8]) -> Option<Self> {
                let mut at = 0usize;
                $(
                    let $field = <$crate::__ty!($ty) as $crate::schema::FieldValue>::read_field(bytes.get(at..).unwrap_or(&[]))?;
                    at = at.wrapping_add(<$crate::__ty!($ty) as $crate::schema::FieldValue>::SIZE);
                )*
                let _ = at;
                Some(Self { $($field),* })
            }

            #[inline]
            fn write_fixed(&self, w: &mut $crate::wire::Writer<'_>) {
                let mut bytes = [0u8; <Self as $crate::schema::Header>::SIZE];
                let mut rest = &mut bytes[..];
                $(
                    if let Some((out, tail)) = rest.split_at_mut_checked(<$crate::__ty!($ty) as $crate::schema::FieldValue>::SIZE) {
                        $crate::schema::FieldValue::write_field(&self.$field, out);
                        rest = tail;
                    } else {
                        rest = &mut [];
                    }
                )*
                let _ = rest;
                w.bytes(&bytes);
            }
        }

        impl $crate::schema::Value for $Name {
            type View<'a> = $Name;
            type Arg<'a> = $Name;
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Struct(<$Name as $crate::schema::Header>::FIXED);
            #[inline]
            fn read(payload: &[u8]) -> Option<$Name> {
                <$Name as $crate::schema::Header>::read_fixed(payload)
            }
            #[inline]
            fn write(w: &mut $crate::wire::Writer<'_>, id: u16, value: $Name) {
                $crate::schema::write_struct(w, id, &value);
            }
        }

        impl $crate::schema::FieldValue for $Name {
            const SIZE: usize = <$Name as $crate::schema::Header>::SIZE;
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Struct(<$Name as $crate::schema::Header>::FIXED);
            fn read_field(bytes: &[u8]) -> Option<Self> {
                <$Name as $crate::schema::Header>::read_fixed(bytes)
            }
            fn write_field(&self, out: &mut [u8]) {
                let mut w = $crate::wire::Writer::new(out);
                $crate::schema::Header::write_fixed(self, &mut w);
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __ty {
    (($ty:ty)) => {
        $ty
    };
    ($ty:ident) => {
        $ty
    };
    ([u8; $n:literal]) => {
        [u8; $n]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    ($offsets:ident; $( ($field:ident $ty:tt [$($doc:literal)*]) )*) => {{
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($field),* }
        [$( $crate::schema::Field {
            name: stringify!($field),
            offset: $offsets[Index::$field as usize],
            size: <$crate::__ty!($ty) as $crate::schema::FieldValue>::SIZE,
            kind: <$crate::__ty!($ty) as $crate::schema::FieldValue>::KIND,
            doc: concat!($($doc),*),
        } ),*]
    }};
}

/// Defines an open enumeration: a newtype over an integer with named constants. Values without a name are legal.
///
/// ```
/// netplumb_core::open_enum! {
///     /// Colours.
///     Colour: u8 {
///         /// Red.
///         COLOUR_RED = 1 => "red",
///         /// Blue.
///         COLOUR_BLUE = 2 => "blue",
///     }
/// }
/// assert_eq!(COLOUR_BLUE.name(), Some("blue"));
/// assert_eq!(format!("{:?} {:?}", COLOUR_RED, Colour(9)), "COLOUR_RED Colour(9)");
/// assert_eq!(Colour::from_name("red"), Some(COLOUR_RED));
/// ```
///
/// The text is what tools print (iproute2's word); the schema knows the value by its constant.
#[macro_export]
macro_rules! open_enum {
    (
        $(#[doc = $edoc:literal])*
        $Name:ident : $int:ident {
            $( $(#[doc = $doc:literal])* $CONST:ident = $value:literal => $text:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $edoc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $Name(pub $int);
        $( $(#[doc = $doc])* pub const $CONST: $Name = $Name($value); )*

        impl $Name {
            /// Values and their constants.
            pub const NAMES: &'static [(u64, &'static str)] = &[$(($value, stringify!($CONST))),*];

            /// The word that tools print for it.
            pub fn name(self) -> Option<&'static str> {
                $crate::schema::name_of(&[$(($value, $text)),*], u64::from(self.0))
            }

            /// The value that a tool's word stands for.
            pub fn from_name(name: &str) -> Option<Self> {
                $( if name == $text { return Some($CONST); } )*
                None
            }
        }

        impl ::core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match $crate::schema::name_of(Self::NAMES, u64::from(self.0)) {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($Name), "({})"), self.0),
                }
            }
        }

        $crate::__named_int!($Name $int Enum);
    };
}

/// Defines a set of flag bits: a newtype over an integer with named constants. Unknown bits are kept.
///
/// ```
/// netplumb_core::flags! {
///     /// Moods.
///     Mood: u32 {
///         /// Happy.
///         MOOD_HAPPY = 0x1 => "HAPPY",
///         /// Tired.
///         MOOD_TIRED = 0x4 => "TIRED",
///     }
/// }
/// let mood = MOOD_HAPPY | Mood(0x10);
/// assert!(mood.contains(MOOD_HAPPY) && !mood.contains(MOOD_TIRED));
/// assert_eq!(format!("{mood:?}"), "MOOD_HAPPY|0x10");
/// ```
#[macro_export]
macro_rules! flags {
    (
        $(#[doc = $fdoc:literal])*
        $Name:ident : $int:ident {
            $( $(#[doc = $doc:literal])* $CONST:ident = $value:literal => $text:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $fdoc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $Name(pub $int);
        $( $(#[doc = $doc])* pub const $CONST: $Name = $Name($value); )*

        impl $Name {
            /// Bits and their constants.
            pub const NAMES: &'static [(u64, &'static str)] = &[$(($value, stringify!($CONST))),*];
            /// Bits and the words that tools print for them.
            pub const WORDS: &'static [(u64, &'static str)] = &[$(($value, $text)),*];

            /// Whether all bits of `other` are set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether a bit of `other` is set.
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// These bits less those of `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        impl ::core::ops::BitOr for $Name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl ::core::ops::BitOrAssign for $Name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl ::core::ops::BitAnd for $Name {
            type Output = Self;
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl ::core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::schema::fmt_flags(f, Self::NAMES, u64::from(self.0))
            }
        }

        $crate::__named_int!($Name $int Flags);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __named_int {
    ($Name:ident $int:ident $Names:ident) => {
        impl $crate::schema::Value for $Name {
            type View<'a> = $Name;
            type Arg<'a> = $Name;
            const KIND: $crate::schema::Kind = $crate::schema::named(
                <$int as $crate::schema::Value>::KIND,
                $crate::schema::Names::$Names($Name::NAMES),
            );
            #[inline]
            fn read(payload: &[u8]) -> Option<$Name> {
                <$int as $crate::schema::Value>::read(payload).map($Name)
            }
            #[inline]
            fn write(w: &mut $crate::wire::Writer<'_>, id: u16, value: $Name) {
                <$int as $crate::schema::Value>::write(w, id, value.0);
            }
        }

        impl $crate::schema::FieldValue for $Name {
            const SIZE: usize = <$int as $crate::schema::FieldValue>::SIZE;
            const KIND: $crate::schema::Kind = <$Name as $crate::schema::Value>::KIND;
            #[inline]
            fn read_field(bytes: &[u8]) -> Option<Self> {
                <$int as $crate::schema::FieldValue>::read_field(bytes).map($Name)
            }
            #[inline]
            fn write_field(&self, out: &mut [u8]) {
                $crate::schema::FieldValue::write_field(&self.0, out);
            }
        }
    };
}
